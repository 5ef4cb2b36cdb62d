#!/bin/bash
# Tables of a Django site with accounts (PyPI: Django, django-allauth), made by their own migrations in the PostgreSQL of DATABASE_URL,
# and two people signed up through their own models. Starts no server.
NAME=django-allauth; . "$(dirname "$0")/../common.sh"
venv 'django==5.2.*' 'django-allauth[socialaccount]==65.*' 'psycopg[binary]'
PYTHONPATH="$HERE" DJANGO_SETTINGS_MODULE=site_settings "$RUN/venv/bin/python" -m django migrate --verbosity 0
PYTHONPATH="$HERE" DJANGO_SETTINGS_MODULE=site_settings "$RUN/venv/bin/python" "$HERE/people.py"; echo "ready $NAME $DATABASE_URL"
