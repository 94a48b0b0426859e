// Audits and clients against GraphQL endpoints of the gateway's.
// graphql.mjs FOLDER ADDRESS
import assert from "node:assert/strict";
import { load } from "./packages.mjs";

const { serverAudits } = load("graphql-http");
const { GraphQLClient, gql } = load("graphql-request");
const { createClient } = load("graphql-sse");
const { buildClientSchema, getIntrospectionQuery } = load("graphql");
const at = (path) => process.argv[3] + path;

const audited = async (path) => {
  const audits = serverAudits({ url: at(path) });
  assert.equal(audits.length, 61);
  const failed = [];
  for (const audit of audits) {
    const result = await audit.fn();
    if (result.status !== "ok") failed.push(`${audit.id} ${audit.name}: ${result.status} ${result.reason}`);
  }
  assert.deepEqual(failed, [], path);
};

const served = async () => {
  const client = new GraphQLClient(at("/graphql"));
  const query = gql`
    query People($first: Int!) {
      users(first: $first) { id name tier recommended { id product { name } price { amount currency } } }
    }
  `;
  const { users } = await client.request(query, { first: 2 });
  assert.equal(users.length, 2);
  for (const { id, name, recommended } of users) {
    assert.ok(id && name && recommended.length > 0);
    for (const { product, price } of recommended) assert.ok(product.name && price.currency === "EUR");
  }
  const order = gql`mutation($user: ID!, $product: ID!) { order(user: $user, product: $product) { id status user { name } } }`;
  const made = await client.request(order, { user: users[0].id, product: users[0].recommended[0].id });
  assert.equal(made.order.user.name, users[0].name);
  assert.equal((await client.request(gql`{ product(id: "none") { name } }`)).product, null);
  const refused = await client.request(gql`{ users { recommended { product { name } } users { id } } }`).catch((error) => error);
  assert.equal(refused.response.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  const schema = buildClientSchema(await client.request(getIntrospectionQuery()));
  assert.equal(schema.getQueryType().getFields().users.description, "Who buys");
};

const generated = async () => {
  const client = new GraphQLClient(at("/generated"));
  const { listProducts } = await client.request(gql`{ listProducts(limit: 2) { total items { id category } } }`);
  assert.equal(listProducts.items.length, 2);
  const schema = buildClientSchema(await client.request(getIntrospectionQuery()));
  assert.ok(schema.getMutationType().getFields().createOrder);
};

const proxied = async () => {
  const client = new GraphQLClient(at("/proxied"));
  assert.deepEqual(await client.request(gql`query($name: String) { hello(name: $name) }`, { name: "me" }), { hello: "hello me" });
  assert.deepEqual(await client.request(gql`mutation { say(text: "x") }`), { say: "x" });
  const deep = await client.request(gql`{ users { friends { friends { friends { friends { id } } } } } }`).catch((error) => error);
  assert.equal(deep.response.errors[0].extensions.code, "QUERY_TOO_DEEP");
  const dear = await client.request(gql`{ users(first: 100) { friends(first: 100) { id } } }`).catch((error) => error);
  assert.equal(dear.response.errors[0].extensions.code, "QUERY_TOO_EXPENSIVE");
};

// GraphQL published as REST.
const published = async () => {
  const ask = async (path, init) => {
    const answer = await fetch(at(path), init);
    return [answer.status, await answer.json(), answer.headers];
  };
  assert.deepEqual((await ask("/rest/users/7?kind=OLD")).slice(0, 2), [200, { id: "7-OLD", friends: [{ id: "7-OLD.0" }, { id: "7-OLD.1" }] }]);
  assert.deepEqual((await ask("/rest/users?first=1"))[1], [{ id: "0" }]);
  assert.deepEqual((await ask("/rest/users"))[1], [{ id: "0" }, { id: "1" }]);
  const [wrong, problem] = await ask("/rest/users?first=many");
  assert.deepEqual([wrong, problem.reason, problem.errors[0].pointer], [400, "invalid_query_input", "#/first"]);
  assert.match((await ask("/rest/users/7?kind=ODD"))[1].errors[0].detail, /"ODD" is no value of `Kind`/);
  assert.deepEqual((await ask("/rest/users/none")).slice(0, 1), [404]);
  const [broken, told] = await ask("/rest/users/broken");
  assert.deepEqual([broken, told.errors], [502, [{ pointer: "#/user", detail: "it broke" }]]);
  const [partly, user, headers] = await ask("/rest/secrets/7");
  assert.deepEqual([partly, user, headers.get("weir-completed")], [200, { id: "7", secret: null }, '?0;missing="user.secret"']);
  const said = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "x" }) };
  assert.deepEqual((await ask("/rest/said", said)).slice(0, 2), [200, { say: "x" }]);
  assert.equal((await ask("/rest/said?text=x"))[0], 405);
  assert.ok((await ask("/rest/names/prd-1"))[1].name);
  assert.equal((await ask("/rest/names/none"))[0], 404);
};

const kept = async () => {
  const ask = async (query, variables) => {
    const body = JSON.stringify({ query, variables });
    const answer = await fetch(at("/kept"), { method: "POST", headers: { "content-type": "application/json" }, body });
    return [answer.headers.get("cache-status")?.split("; ")[1], (await answer.json()).data];
  };
  assert.deepEqual(await ask("query($n: String) { hello(name: $n) }", { n: "a" }), ["fwd=miss", { hello: "hello a" }]);
  assert.deepEqual(await ask("query($n: String) {\n  hello(name: $n) # again\n}", { n: "a" }), ["hit", { hello: "hello a" }]);
  assert.deepEqual(await ask("query($n: String) { hello(name: $n) }", { n: "b" }), ["fwd=miss", { hello: "hello b" }]);
  for (const _ of [1, 2]) assert.deepEqual(await ask('mutation { say(text: "x") }'), [undefined, { say: "x" }]);
};

const DEFERRED = `query { users(first: 2) { id name ...Later @defer(label: "L") } } fragment Later on User { recommended { product { name } } }`;
const wholeOf = (users) => users.length === 2 && users.every(({ name, recommended }) => name && recommended?.[0].product.name);

// Apollo's client, by both forms of pieces that it knows.
const deferred = async () => {
  const { ApolloClient, HttpLink, InMemoryCache, gql: parsed } = load("@apollo/client");
  const { Defer20220824Handler, GraphQL17Alpha9Handler } = load("@apollo/client/incremental");
  for (const Handler of [Defer20220824Handler, GraphQL17Alpha9Handler]) {
    const kinds = [];
    const told = async (...request) => {
      const answer = await fetch(...request);
      kinds.push(answer.headers.get("content-type"));
      return answer;
    };
    const link = new HttpLink({ uri: at("/graphql"), fetch: told });
    const client = new ApolloClient({ cache: new InMemoryCache(), link, incrementalHandler: new Handler() });
    const results = await new Promise((resolve, reject) => {
      const seen = [];
      client.watchQuery({ query: parsed(DEFERRED) }).subscribe({
        next: (result) => {
          if (result.error) reject(result.error);
          if (result.data) seen.push(result);
          if (result.dataState === "complete") resolve(seen);
        },
        error: reject,
      });
    });
    assert.match(kinds[0], /^multipart\/mixed; boundary="-"; (deferSpec=20220824|incrementalSpec=v0.2)$/);
    assert.equal(results[0].dataState, "streaming");
    assert.equal(results[0].data.users[0].recommended, undefined);
    assert.ok(wholeOf(results.at(-1).data.users));
    client.stop();
  }
};

// urql's, by parts and by events.
const merged = async () => {
  const { createClient: urql, fetchExchange } = load("@urql/core");
  for (const accept of ["multipart/mixed, application/json", "text/event-stream"]) {
    const client = urql({ url: at("/graphql"), exchanges: [fetchExchange], preferGetMethod: false, fetchOptions: { headers: { accept } } });
    const results = await new Promise((resolve) => {
      const seen = [];
      client.query(DEFERRED, {}).subscribe((result) => {
        seen.push(result);
        if (!result.hasNext) resolve(seen);
      });
    });
    assert.equal(results.at(-1).error, undefined);
    assert.ok(results.length > 1 && results[0].data.users[0].recommended === undefined);
    assert.ok(wholeOf(results.at(-1).data.users));
  }
};

const subscribed = async () => {
  const client = createClient({ url: at("/proxied"), retryAttempts: 0 });
  const counts = [];
  for await (const { data } of client.iterate({ query: "subscription { count(to: 3) }" })) counts.push(data.count);
  assert.deepEqual(counts, [1, 2, 3]);
  const told = [];
  for await (const result of createClient({ url: at("/graphql") }).iterate({ query: "{ users(first: 1) { id } }" })) told.push(result);
  assert.equal(told[0].data.users.length, 1);
};

// Many operations, told in one stream.
const joined = async () => {
  for (const path of ["/proxied", "/graphql"]) {
    const client = createClient({ url: at(path), singleConnection: true, retryAttempts: 0 });
    const query = path === "/proxied" ? "{ hello }" : "{ users(first: 1) { id } }";
    const one = async () => {
      const told = [];
      for await (const { data } of client.iterate({ query })) told.push(data);
      return told.length;
    };
    const count = async () => {
      const counts = [];
      for await (const { data } of client.iterate({ query: "subscription { count(to: 3) }" })) counts.push(data.count);
      return counts;
    };
    assert.deepEqual(await Promise.all([one(), one(), one()]), [1, 1, 1]);
    if (path === "/proxied") {
      assert.deepEqual(await Promise.all([count(), count()]), [[1, 2, 3], [1, 2, 3]]);
      // One that is left is stopped, and the stream goes on.
      for await (const { data } of client.iterate({ query: "subscription { count(to: 1000000) }" })) if (data.count === 2) break;
      assert.equal(await one(), 1);
    }
    client.dispose();
  }
  const strange = await fetch(at("/graphql"), { headers: { accept: "text/event-stream", "x-graphql-event-stream-token": "none" } });
  assert.equal(strange.status, 404);
};

const connected = async () => {
  const socket = at("/proxied").replace("http", "ws");
  const client = load("graphql-ws").createClient({ url: socket, lazyCloseTimeout: 0, retryAttempts: 0 });
  const counts = [];
  for await (const { data } of client.iterate({ query: "subscription { count(to: 3) }" })) counts.push(data.count);
  assert.deepEqual(counts, [1, 2, 3]);
  const deep = client.iterate({ query: "{ users { friends { friends { friends { friends { id } } } } } }" }).next();
  assert.equal((await deep.catch((errors) => errors))[0].extensions.code, "QUERY_TOO_DEEP");
  await client.dispose();
  const own = load("graphql-ws").createClient({ url: at("/graphql").replace("http", "ws"), retryAttempts: 0 });
  assert.equal((await own.iterate({ query: "{ users(first: 1) { id } }" }).next()).value.data.users.length, 1);
  const pieces = [];
  for await (const piece of own.iterate({ query: DEFERRED })) pieces.push(piece);
  assert.deepEqual([pieces[0].data.users.length, pieces.at(-1).hasNext], [2, false]);
  await own.dispose();
};

for (const check of [() => audited("/graphql"), () => audited("/proxied"), served, generated, proxied, published, kept, deferred, merged, subscribed, joined, connected]) await check();
