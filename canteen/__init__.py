"""A meal-assistance site for community canteens. ``create_app`` is the wiring list and nothing else."""

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a process that only reads a file (``base/apart``) comes by here, and needs none of the program
    from flask import Flask

    from canteen.base.config import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Build the application from settings (default: the environment). Raises ``SettingError``."""
    from flask import Flask

    from canteen.base import config, db, hosts, i18n, web
    from canteen.base.private_files import private_folder
    from canteen.entrance import logs

    settings = settings or config.read_settings()
    app = Flask(__name__)
    app.config["CANTEEN"] = settings
    app.config["SECRET_KEY"] = _secret_key(settings)
    app.config["MAX_CONTENT_LENGTH"] = settings.upload_megabytes * 1024 * 1024
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = settings.https
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    private_folder(settings.data_dir)
    db.connect(app)
    i18n.connect(app)
    logs.connect()
    web.connect(app)
    hosts.connect(app)
    _connect_features(app)
    return app


def _secret_key(settings: "Settings") -> str:
    from canteen.base.config import SettingError

    if settings.secret_key:
        if len(settings.secret_key) < 32:
            raise SettingError("CANTEEN_SECRET_KEY is too short: at least 32 characters are needed")
        return settings.secret_key
    if settings.env == "production":
        raise SettingError(
            "CANTEEN_SECRET_KEY is not set. Make one: python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return secrets.token_hex(32)


def _connect_features(app: "Flask") -> None:
    """Blueprints, commands and followers of every room, in the order people meet them."""
    from canteen.base import keys
    from canteen.care import views as care
    from canteen.check import commands as check_commands
    from canteen.closing import views as closing
    from canteen.committee import api as counts_api
    from canteen.committee import views as committee
    from canteen.counter import api
    from canteen.counter import views as counter
    from canteen.counter.paper import views as _paper  # noqa: F401 - adds to `counter`
    from canteen.deliveries import phone_views as _phone_page  # noqa: F401 - adds to `deliveries`
    from canteen.deliveries import views as deliveries
    from canteen.deliveries.keying import views as _keying  # noqa: F401 - adds to `deliveries`
    from canteen.deliveries.marking import views as _marking  # noqa: F401 - adds to `deliveries`
    from canteen.deliveries.planning import views as _planning  # noqa: F401 - adds to `deliveries`
    from canteen.desk import commands as _scheme_deeds  # noqa: F401 - adds to `scheme`
    from canteen.desk import trial_commands
    from canteen.desk.views import drafts, schemes, switching
    from canteen.entitlements import commands as entitlement_commands
    from canteen.entitlements import following
    from canteen.entitlements import views as entitlements
    from canteen.entrance import clock_views, commands, demo, filters, home, keys_commands, listening, setup_commands
    from canteen.families import views as families
    from canteen.funding import views as funding
    from canteen.grants import views as grants
    from canteen.menus import commands as menu_commands
    from canteen.menus import public as menu_wall
    from canteen.menus import views as menus
    from canteen.menus.clashes import views as _clashes  # noqa: F401 - adds to `menus`
    from canteen.menus.clashes.eaters import EATERS
    from canteen.menus.dishes import views as _dishes  # noqa: F401 - adds to `menus`
    from canteen.menus.guests import views as _guest_prices  # noqa: F401 - adds to `menus`
    from canteen.menus.importing import views as _menu_import  # noqa: F401 - adds to `menus`
    from canteen.menus.weeks import views as _weeks  # noqa: F401 - adds to `menus`
    from canteen.orders import eaters
    from canteen.orders import phone_views as _phone  # noqa: F401 - adds to `orders`
    from canteen.orders import views as orders
    from canteen.orders.chain import views as _chain  # noqa: F401 - adds to `orders`
    from canteen.orders.closing import views as _closing_days  # noqa: F401 - adds to `orders`
    from canteen.orders.standing import views as _standing  # noqa: F401 - adds to `orders`
    from canteen.orders.week import views as _week  # noqa: F401 - adds to `orders`
    from canteen.people import commands as people_commands
    from canteen.people import views as people
    from canteen.people.followers import FOLLOWERS
    from canteen.people.queries import fitting
    from canteen.places import views as places
    from canteen.printing import commands as printing_commands
    from canteen.printing import views as printing
    from canteen.printing.sending import api as print_api
    from canteen.purses import commands as purse_commands
    from canteen.purses import views as purses
    from canteen.staff import commands as staff_commands
    from canteen.staff import login
    from canteen.staff import views as staff
    from canteen.staff.second import views as second
    from canteen.staff.trail import commands as trail_commands
    from canteen.staff.trail import views as trail
    from canteen.statements import commands as statement_commands
    from canteen.statements import views as statements
    from canteen.volunteers import views as volunteers
    from canteen.welfare import views as welfare
    from canteen.welfare.visits import views as _visits  # noqa: F401 - adds to `welfare`

    FOLLOWERS[:] = [following]
    EATERS[:] = [eaters.eaters_between]
    settings: Settings = app.config["CANTEEN"]
    keys.connect(app, settings.keys, settings.data_dir / "uploads", fitting)
    listening.connect(app)
    login.connect(app)
    filters.connect(app)
    home.connect(app)
    clock_views.connect(app)
    for room in (
        counter,
        api,
        counts_api,
        deliveries,
        families,
        volunteers,
        welfare,
        grants,
        menus,
        menu_wall,
        orders,
        committee,
        closing,
        people,
        places,
        printing,
        print_api,
        schemes,
        drafts,
        switching,
        staff,
        second,
        trail,
        entitlements,
        care,
        purses,
        funding,
        statements,
    ):
        app.register_blueprint(room.blueprint)
    app.register_blueprint(families.keeping)
    for commanding in (
        check_commands,
        people_commands,
        keys_commands,
        setup_commands,
        menu_commands,
        staff_commands,
        trail_commands,
        printing_commands,
        purse_commands,
        demo,
        entitlement_commands,
        statement_commands,
    ):
        for command in commanding.commands:
            app.cli.add_command(command)
    app.cli.add_command(trial_commands.scheme)
    commands.connect(app)
