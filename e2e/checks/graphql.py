"""GraphQL: the audits of `graphql-http`, and clients from npm, against a schema over the sample shop and a proxied server."""

import json
import os
import subprocess
from pathlib import Path

from harness import free_port

SDL = """
type Query {
  "Who buys"
  users(first: Int = 3): [User!]! @rest(operation: "listUsers", args: {limit: "$args.first"}, select: "/items")
  product(id: ID!): Product @rest(operation: "getProduct")
}
type Mutation {
  order(user: ID!, product: ID!): Order
    @rest(operation: "createOrder", args: {body: {user_id: "$args.user", items: [{product_id: "$args.product", quantity: 1}]}})
}
type User {
  id: ID!
  name: String!
  tier: String
  recommended: [Recommended!] @rest(operation: "getRecommendations", args: {id: "$parent.id"}, select: "/product_ids")
}
type Recommended {
  id: ID! @value(path: "")
  product: Product @rest(operation: "getProduct", args: {id: "$parent"})
  price: Price @rest(operation: "getPrice", args: {product: "$parent", currency: "EUR"})
}
type Product { id: ID! name: String! category: String }
type Price { amount: String! currency: String! }
type Order { id: ID! status: String user: User @rest(operation: "getUser", args: {id: "$parent.user_id"}) }
"""


def document(kind: str, name: str, spec: dict) -> str:
    return json.dumps({"kind": kind, "name": name, "spec": spec})


UPSTREAM = """
type Query { hello(name: String = "you"): String!, users(first: Int = 3): [User!]!, user(id: ID!, with: Wish): User }
type User { id: ID!, friends(first: Int = 2): [User!]!, secret: String }
input Wish { kind: Kind! = NEW, count: Int }
enum Kind { OLD NEW }
type Mutation { say(text: String!): String! }
type Subscription { count(to: Int!): Int! }
"""


def published(name: str, path: str, query: str, **more) -> str:
    """A route that is answered by a query to the server behind `proxied`."""
    spec = {"service": "proxied", "paths": [path], "graphql": {"query": query, "schema": UPSTREAM, **more}}
    return document("Route", name, spec)


def config(simulator: int, upstream: int) -> str:
    shop = Path(__file__).parents[2] / "crates/simulate/src/shop/openapi.json"
    public = {"mode": "public"}
    target = lambda port: {"targets": [{"host": "127.0.0.1", "port": port}]}  # noqa: E731
    graph = lambda **more: {"backend": {"graphql": {"sources": {"shop": {"service": "shop"}}, **more}}, "access": public}  # noqa: E731
    limits = {"graphql": {"max_depth": 4, "max_cost": 2000}}
    return "\n---\n".join([
        document("Upstream", "shop", target(simulator)),
        document("Upstream", "graph", target(upstream)),
        document("Service", "shop", {"backend": {"upstream": {"name": "shop"}}, "openapi": json.loads(shop.read_text())}),
        document("Route", "shop", {"service": "shop", "paths": ["/shop/*"]}),
        document("Service", "graph", graph(schema=SDL)),
        document("Route", "graph", {"service": "graph", "paths": ["/graphql"]}),
        document("Service", "generated", graph()),
        document("Route", "generated", {"service": "generated", "paths": ["/generated"]}),
        document("Service", "proxied", {"backend": {"upstream": {"name": "graph"}}, "access": public, "policies": [limits]}),
        document("Route", "proxied", {"service": "proxied", "paths": ["/proxied"]}),
        document("Service", "kept", {"backend": {"upstream": {"name": "graph"}}, "access": public,
                                     "policies": [{"graphql": {"cache": {"ttl": "1m"}}}]}),
        document("Route", "kept", {"service": "kept", "paths": ["/kept"]}),
        published("user", "/rest/users/{id}", "query($id: ID!, $with: Wish) { user(id: $id, with: $with) { id friends { id } } }",
                  root="/user", variables={"with": {"kind": "$request.query.kind"}}),
        published("users", "/rest/users", "query($first: Int = 2) { users(first: $first) { id } }", root="/users"),
        published("secret", "/rest/secrets/{id}", "query($id: ID!) { user(id: $id) { id secret } }", root="/user"),
        published("say", "/rest/said", "mutation($text: String!) { say(text: $text) }"),
        document("Route", "own", {"service": "graph", "paths": ["/rest/names/{id}"], "graphql": {
            "query": "query($id: ID!) { product(id: $id) { name } }", "root": "/product"}}),
    ])


def check_the_audits_pass_and_clients_ask_and_subscribe(world):
    folder = Path(os.environ["WEIR_E2E_NODE"])
    scripts = Path(__file__).parent.parent / "node"
    node = folder / "node_modules/.bin/node"
    upstream, port = free_port(), free_port()
    world.start("graphql-upstream", [node, scripts / "graphql-server.mjs", folder, upstream], upstream)
    documents = world.folder / "graphql.yaml"
    documents.write_text(config(world.simulator_port, upstream))
    world.start("weir-graphql", [
        world.binary, "serve", "--config", documents, "--data", world.folder / "graphql-data", "--listen", f"127.0.0.1:{port}",
        "--admin", "127.0.0.1:0",
    ], port)
    command = [node, scripts / "graphql.mjs", folder, f"http://127.0.0.1:{port}"]
    out = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, out.stdout + out.stderr
