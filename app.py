"""The web process: settings, house, pages. Served by gunicorn (`python -m dsr web`)."""

from dsr.bootstrap import build_house, tell_open_questions
from dsr.logs import set_up
from dsr.settings import read_settings
from dsr.web.app import create_app

house = build_house(read_settings())
set_up(house.settings)
tell_open_questions(house)
app = create_app(house)
