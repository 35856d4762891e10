"""The answering application. Stores are blocking, so routes are plain functions and run in the thread pool."""

from fastapi import FastAPI

from api.auth import CheckKeys
from api.bodies import LimitBodies
from api.problems import install_problems
from api.routes import analytics, audit, break_glass, costs, health, pages, retention, runs
from api.services import Services
from api.settings import ApiSettings
from schema.store import Store


def create_app(store: Store, settings: ApiSettings, services: Services | None = None) -> FastAPI:
    """The API over a store. `services` is what it needs of rooms that it may not import; see `api/services.py`."""
    # FastAPI's own documentation pages load scripts from elsewhere, so they stay off; /openapi.json is served
    app = FastAPI(title="Runvault", docs_url=None, redoc_url=None)
    services = services or Services()
    app.state.store = store
    app.state.settings = settings
    app.state.services = services
    app.add_middleware(LimitBodies)
    app.add_middleware(CheckKeys, settings=settings, services=services)
    install_problems(app)
    for routes in (health, retention, runs, analytics, audit, break_glass, costs, pages):
        app.include_router(routes.router)
    return app
