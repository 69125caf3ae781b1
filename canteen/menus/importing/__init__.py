"""Reading a menu as canteens keep it: a list, a grid of days and slots either way round, or lines of a chat. Pure."""
