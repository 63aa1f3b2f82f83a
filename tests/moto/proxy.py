"""Stands between the action and moto: passes everything on, and records what was asked.

Where moto does not implement an operation, and ADDITIONS has it, the answer is made from what moto
itself holds. An answer that moto gives is never changed. Both are told at the end.
"""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy:
    def __init__(self, moto_port):
        self.moto_port = moto_port
        self.blobs = {}  # configurations of images, which moto takes but does not keep
        self.calls = []  # (operation, request, HTTP status), of the story that runs
        self.unanswered = {}  # operation: what was put in its place
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def requests(self, operation):
        return [request for name, request, _ in self.calls if name == operation]

    def moto(self, method, path, headers, body):
        """One exchange with moto: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.moto_port, timeout=30)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def ask(self, like, operation, request):
        """Asks moto for another operation of the same service, signed as the request that is answered."""
        target = like["x-amz-target"].split(".")[0] + "." + operation
        status, _, body = self.moto("POST", "/", {**like, "x-amz-target": target}, json.dumps(request))
        return json.loads(body) if status == 200 else None

    def answer(self, method, path, headers, body):
        if path.startswith("/blob/"):
            blob = self.blobs.get(path.removeprefix("/blob/"))
            return (200, [], blob) if blob is not None else (404, [], b"")
        status, answered, text = self.moto(method, path, headers, body)
        operation = headers.get("x-amz-target", "").split(".")[-1]
        request = json.loads(body or b"{}")
        self.calls.append((operation, request, status))
        # An operation that moto does not implement ends in its web server's error page.
        if status >= 500:
            addition = ADDITIONS.get(operation)
            self.unanswered[operation] = addition.__doc__ if addition else "nothing was put in its place"
            if addition:
                made = json.dumps(addition(self, headers, request)).encode()
                return 200, [("content-type", "application/x-amz-json-1.1")], made
        return status, answered, text

    def handler(proxy):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def exchange(self):
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                for name in ("content-length", "connection", "accept-encoding"):
                    headers.pop(name, None)
                status, answered, text = proxy.answer(self.command, self.path, headers, body)
                self.send_response(status)
                for name, value in answered:
                    if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                try:
                    self.wfile.write(text)
                except BrokenPipeError:  # the action drops reads that it no longer needs
                    self.close_connection = True

            do_GET = do_POST = exchange

            def log_message(self, *_):
                pass

        return Handler


def batch_get_deployment_groups(proxy, headers, request):
    """each group from moto's GetDeploymentGroup"""
    application = request["applicationName"]
    groups = []
    for name in request["deploymentGroupNames"]:
        one = {"applicationName": application, "deploymentGroupName": name}
        answer = proxy.ask(headers, "GetDeploymentGroup", one)
        groups += [answer["deploymentGroupInfo"]] if answer else []
    return {"deploymentGroupsInfo": groups}


def batch_get_application_revisions(proxy, headers, request):
    """the AppSpecs of moto's deployments, from ListDeployments and BatchGetDeployments"""
    ids = proxy.ask(headers, "ListDeployments", {})["deployments"]
    held = proxy.ask(headers, "BatchGetDeployments", {"deploymentIds": ids})["deploymentsInfo"]
    wanted = {location["appSpecContent"]["sha256"] for location in request["revisions"]}
    locations = {one["revision"]["appSpecContent"]["sha256"]: one["revision"] for one in held}
    revisions = [{"revisionLocation": locations[sha256]} for sha256 in sorted(wanted & locations.keys())]
    return {"applicationName": request["applicationName"], "revisions": revisions}


def get_download_url_for_layer(proxy, headers, request):
    """a URL for the configuration that the set-up pushed"""
    digest = request["layerDigest"]
    return {"downloadUrl": f"{proxy.url}/blob/{digest}", "layerDigest": digest}


ADDITIONS = {
    "BatchGetDeploymentGroups": batch_get_deployment_groups,
    "BatchGetApplicationRevisions": batch_get_application_revisions,
    "GetDownloadUrlForLayer": get_download_url_for_layer,
}
