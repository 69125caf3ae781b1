"""Screens of the office. Each module hangs its pages on the one blueprint."""

from canteen.entitlements.views import applications as applications
from canteen.entitlements.views import rights as rights
from canteen.entitlements.views.door import blueprint as blueprint
