"""One of a class, without a browser: what she is given at the door goes with her."""

import http.client
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from serving import Served


class Person:
    """A browser's memory: cookies, and nothing else."""

    def __init__(self, served: Served) -> None:
        self.served, self.cookies = served, SimpleCookie()

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str):
        headers["Cookie"] = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(urlsplit(self.served.address).netloc, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookies.load(value)
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def open(self, name: str):
        return self.ask(f"/voila/render/{name}.ipynb")


def close(person: Person, kernel: str) -> None:
    """As a page does that closes."""
    person.ask(f"/voila/api/shutdown/{kernel}", "POST", urlencode({"_xsrf": person.cookies["_xsrf"].value}))
