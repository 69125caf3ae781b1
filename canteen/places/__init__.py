"""Where things are: the tree of areas (county, township, village), the meal sites, their opening hours per
slot and their service calendar. Everything else hangs on a site; everybody's reach is an area or a site.
"""
