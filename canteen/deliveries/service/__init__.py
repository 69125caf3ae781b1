"""What people do with deliveries: keep routes (``routes``), plan and walk runs, close welfare checks (``runs``)."""
