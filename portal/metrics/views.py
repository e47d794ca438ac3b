"""The page of figures, for who has the token; for everybody else it is not there."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from portal.conf import conf
from portal.core.tokens import same
from portal.metrics.collector import REGISTRY


def _may_read(request: HttpRequest) -> bool:
    scheme, _, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return bool(conf.metrics_token) and scheme.lower() == "bearer" and same(given.strip(), conf.metrics_token)


@csrf_exempt  # so that a form that is sent here is answered like one sent to any other address that is not there
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the figures in the text format of Prometheus; without the token as an address that does not exist (ADM-06)."""
    if not _may_read(request):
        raise Http404
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})
