"""Families look in through a link: one elder's menus and orders, and whether today's meal came."""
