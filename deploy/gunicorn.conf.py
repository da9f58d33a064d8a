"""How gunicorn serves the registry, in ``make run`` and in the image alike."""

from registry import env

wsgi_app = "registry.wsgi:application"
bind = f"{env.text('HOST') or '127.0.0.1'}:{env.integer('PORT', 8000, least=1, most=65535)}"
worker_class = "gthread"
workers = env.integer("WEB_WORKERS", 2, least=1)
threads = env.integer("WEB_THREADS", 4, least=1)
timeout = 60  # longer than the database's own statement timeout, so that the database gives up first
graceful_timeout = 15
keepalive = 30  # longer than nginx keeps its idle connections, so that nginx closes them first
max_requests = 20_000  # a slow leak in a library never grows into an outage
max_requests_jitter = 2_000
control_socket_disable = True  # nothing here uses it, and two checkouts would share its default path
