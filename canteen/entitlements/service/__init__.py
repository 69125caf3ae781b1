"""What people of the office do: one public function for each, by the paper it is about."""
