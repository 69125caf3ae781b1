"""What a scheme may say besides single meals: purses, services, frequency, money for sites, settlement."""
