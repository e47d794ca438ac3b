"""The pages of the rehearsal, as a person reads and sends them."""

import html
import json
import re
from typing import Any

from tests.console.browsing import Browser

PAGE = "/rehearsal/"
STANDALONE = "123456789012"
MANAGEMENT = "111122223333"
PRODUCTION = "777788889999"
ROOT_OF_ORGANIZATION = "r-ab12cd34ef"


def words_of(response: Any) -> str:
    """Return the words of a page's content, as they are read."""
    content = response.content.decode()
    content = content[content.index('<main id="content"') :]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", content)))


def part_of(response: Any, name: str) -> str:
    """Return the words of the section that has a test id."""
    content = response.content.decode()
    found = re.search(rf'<(section|fieldset|ul|p|pre|div)[^>]*data-testid="{name}".*?</\1>', content, re.DOTALL)
    assert found, f"there is no {name}"
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[0])))


def cells_of(response: Any) -> dict[str, list[str]]:
    """Return the matrix: the visible words of each cell, by the label of the principal."""
    found = {}
    for row in re.findall(r'<tr>\s*<th scope="row" class="mono">(.*?)</th>(.*?)</tr>', response.content.decode(), re.DOTALL):
        found[html.unescape(row[0])] = re.findall(r'class="cell__verdict"><span aria-hidden="true">.</span> (.*?)</span>', row[1])
    return found


def document(**condition: Any) -> str:
    """Return a resource-based policy that denies all three actions under a condition."""
    actions = ["signin:Authenticate", "signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


class Rehearser(Browser):
    """A browser at the pages of the rehearsal. CSRF is checked as in production."""

    def sends(self, account: str = STANDALONE, **fields: str) -> Any:
        """Send the form with everybody named, from the office and from home, and return the answer."""
        page = f"{PAGE}?account={account}"
        whole = {"account": account, "do": "rehearse", "networks-text": "203.0.113.10\n198.51.100.7", "principals-text": "root", **fields}
        return self.send(PAGE, page=page, **whole)

    def rehearses(self, account: str = STANDALONE, **fields: str) -> Any:
        """Send the form, check that it leads to a saved rehearsal, and return that page."""
        answer = self.sends(account, **fields)
        assert answer.status_code == 303, words_of(answer)
        return self.opens_result(answer)

    def tries(self, example: str) -> Any:
        """Press the button of an example in the gallery and return the result's page."""
        gallery = self.get(PAGE).content.decode()
        account = re.search(rf'name="account" value="(\d+)">\s*<button[^>]*value="{example}"', gallery)
        assert account, f"the gallery has no {example}"
        answer = self.send(PAGE, page=PAGE, account=account[1], example=example)
        assert answer.status_code == 303, words_of(answer)
        return self.opens_result(answer)

    def opens_result(self, answer: Any) -> Any:
        """Follow the answer to a form to the saved rehearsal."""
        self.address = answer.headers["Location"]
        page = self.get(self.address)
        assert page.status_code == 200
        return page
