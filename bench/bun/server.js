// The peer that counts: the same routes and the same echo.
const deflate = process.env.DEFLATE === "1";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  routes: {
    "/": () => new Response("Hello, World!"),
    "/users/:id": (request) => new Response(`user ${request.params.id}`),
    "/echo": (request, server) =>
      server.upgrade(request, { data: { topic: false } })
        ? undefined
        : new Response("no upgrade", { status: 400 }),
    "/topic": (request, server) =>
      server.upgrade(request, { data: { topic: true } })
        ? undefined
        : new Response("no upgrade", { status: 400 }),
    "/rooms": (request, server) =>
      server.upgrade(request, { data: { rooms: true } })
        ? undefined
        : new Response("no upgrade", { status: 400 }),
  },
  websocket: {
    perMessageDeflate: deflate,
    open(ws) {
      if (ws.data.topic) ws.subscribe("room");
    },
    message(ws, message) {
      if (ws.data.rooms) {
        if (message[0] === "+") ws.subscribe(message.slice(1));
        else if (message[0] === "-") ws.unsubscribe(message.slice(1));
        else ws.publish(message.slice(0, message.indexOf(" ")), message);
      } else if (ws.data.topic) ws.publish("room", message, deflate);
      else ws.send(message, deflate);
    },
  },
});

console.log(`listening on http://127.0.0.1:${server.port}`);
