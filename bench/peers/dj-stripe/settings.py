"""As much of a Django project as a webhook needs."""
import os
from urllib.parse import parse_qsl, unquote, urlsplit

SECRET_KEY = "bench: signs nothing here"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "djstripe", "shop"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
# The tables straight from the models: the same columns, indexes and constraints as by the migrations, a minute sooner.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "djstripe": None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # One line an event is enough: not one for each call of Stripe's API.
    "loggers": {"stripe": {"level": "WARNING"}, "urllib3": {"level": "WARNING"}},
}

_url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _url.hostname,
        "PORT": _url.port,
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "NAME": _url.path.lstrip("/"),
        "OPTIONS": dict(parse_qsl(_url.query)),
        "CONN_MAX_AGE": None,  # an instance keeps its connection
    }
}

STRIPE_LIVE_MODE = False
STRIPE_TEST_SECRET_KEY = "sk_test_" + "bench" * 5  # made up, of the length that dj-stripe wants
STRIPE_API_HOST = f"http://127.0.0.1:{os.environ.get('STRIPE_API_PORT', '1')}"
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
