"""A failure that was recorded outlives the request that ends in an error."""

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from portal.network.origin import origin_of
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import ErrorMessage, EventName
from portal.trail.record import record


def failing(request: HttpRequest) -> HttpResponse:
    """Change something, record within the change; roll back; record the failure; break."""
    identity, origin = Identity.unknown_iam_user("111122223333"), origin_of(request)
    try:
        with transaction.atomic():
            record(EventName.PASSWORD_UPDATED, identity=identity, origin=origin, succeeded=True)
            raise LookupError
    except LookupError:
        record(EventName.CONSOLE_LOGIN, identity=identity, origin=origin, succeeded=False, error=ErrorMessage.UNKNOWN_USER)
    raise RuntimeError("the page could not be drawn")


urlpatterns = [path("failing", failing)]


@pytest.mark.django_db(transaction=True)
def test_a_failure_survives_and_a_rolled_back_success_does_not(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    with pytest.raises(RuntimeError):
        Client().get("/failing")
    assert list(Event.objects.values_list("event_name", "succeeded")) == [("ConsoleLogin", False)]
