"""What names a user by its ARN, when the ARN becomes another or nobody's.

The cloud stores the unique id of a user that a trust policy names, and shows the ARN as it is now (IAM user guide, "AWS JSON policy
elements: Principal"). Here the text is stored as it was written, so it is written anew.
"""

import json

from accounts.models import Role
from policies.models import PolicyTarget
from policies.models.changes import policies_changed


def moved(former: str, present: str) -> None:
    """Let what is attached to the user of the ARN `former`, and every trust policy that names it, name `present`: an ARN, or a unique id."""
    for target in PolicyTarget.objects.filter(target=former):
        target.target = present
        target.save(update_fields=["target"])
    # JSON may spell a slash or a letter in other ways; a policy that does is written by nobody here and stays.
    for role in Role.objects.filter(trust__contains=former):
        renamed = _renamed(role.trust, former, present)
        if renamed is not None:
            Role.objects.filter(pk=role.pk, trust=role.trust).update(trust=renamed)
    policies_changed.send(Role)  # what is kept by the ARN is not what its next owner has


def _renamed(text: str, former: str, present: str) -> str | None:
    """Return a trust policy whose principals are renamed; None for one that names nobody so."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    statements = document.get("Statement") if isinstance(document, dict) else None
    touched = False
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element) if isinstance(statement, dict) else None
            if not isinstance(named, dict):
                continue
            given = named.get("AWS")
            if given == former:
                named["AWS"], touched = present, True
            elif isinstance(given, list) and former in given:
                named["AWS"], touched = [present if one == former else one for one in given], True
    return json.dumps(document, indent=2, ensure_ascii=False) if touched else None
