// A GraphQL server for the gateway to stand in front of: by the reference implementation, with events.
// graphql-server.mjs FOLDER PORT
import { createServer } from "node:http";
import { load } from "./packages.mjs";

const { buildSchema, subscribe } = load("graphql");
const { createHandler } = load("graphql-http/lib/use/http");
const events = load("graphql-sse/lib/use/http");

const schema = buildSchema(`
  type Query { hello(name: String = "you"): String!, users(first: Int = 3): [User!]!, user(id: ID!, with: Wish): User }
  type User { id: ID!, friends(first: Int = 2): [User!]!, secret: String }
  input Wish { kind: Kind! = NEW, count: Int }
  enum Kind { OLD NEW }
  type Mutation { say(text: String!): String! }
  type Subscription { count(to: Int!): Int! }
`);
const user = (id) => ({
  id,
  friends: ({ first }) => Array.from({ length: first }, (_, at) => user(`${id}.${at}`)),
  secret: () => { throw new Error("not yours"); },
});
const rootValue = {
  hello: ({ name }) => `hello ${name}`,
  user: ({ id, with: wish }) => {
    if (id === "broken") throw new Error("it broke");
    return id === "none" ? null : user(wish ? `${id}-${wish.kind}` : id);
  },
  users: ({ first }) => Array.from({ length: first }, (_, at) => user(String(at))),
  say: ({ text }) => text,
  count: async function* ({ to }) {
    for (let count = 1; count <= to; count += 1) yield { count };
  },
};
// Whoever leaves in the midst of a stream is no fault of the server's, though its library says so.
process.on("unhandledRejection", (error) => {
  if (!["EPIPE", "ECONNRESET"].includes(error.code)) throw error;
});
const plain = createHandler({ schema, rootValue });
const streamed = events.createHandler({ schema, subscribe: (args) => subscribe({ ...args, rootValue }) });
createServer((request, response) => {
  const wants = (request.headers.accept ?? "").includes("text/event-stream") ? streamed : plain;
  wants(request, response);
}).listen(Number(process.argv[3]), "127.0.0.1");
