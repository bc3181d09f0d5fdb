// The peer that counts: the same routes and the same echo.
const deflate = process.env.DEFLATE === "1";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  routes: {
    "/": () => new Response("Hello, World!"),
    "/users/:id": (request) => new Response(`user ${request.params.id}`),
    "/echo": (request, server) =>
      server.upgrade(request) ? undefined : new Response("no upgrade", { status: 400 }),
  },
  websocket: {
    perMessageDeflate: deflate,
    message(ws, message) {
      ws.send(message, deflate);
    },
  },
});

console.log(`listening on http://127.0.0.1:${server.port}`);
