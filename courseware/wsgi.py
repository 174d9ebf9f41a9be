import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "courseware.settings.development")
application = get_wsgi_application()
# What is loaded now stays loaded: 200,000 objects, which each full collection walked through for 0.1 s in the middle of
# somebody's page.
gc.freeze()
