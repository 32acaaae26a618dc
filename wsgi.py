"""What gunicorn and the flask command load."""

import sys

from app import create_app
from app.config import SettingsError

try:
    app = create_app()
except SettingsError as wrong:
    sys.exit(str(wrong))
