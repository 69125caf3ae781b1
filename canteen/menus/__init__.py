"""What is cooked: a dated menu per site and slot, made of sets (套餐) with a price, dishes and diet tags."""
