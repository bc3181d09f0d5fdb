// The same routes as bun/server.js and the example `plain`, on one thread. build.sh builds it.

#include <App.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using uWS::App;
using uWS::OpCode;

template <typename Data>
using Socket = uWS::WebSocket<false, true, Data>;

struct Nothing {};

struct Member {
    bool has_joined = false;
};

constexpr std::string_view ROOM = "room";

/// The defaults of Bun and of the router, which are larger than those of µWebSockets.
constexpr unsigned MAX_PAYLOAD = 16 << 20;
constexpr unsigned MAX_BACKPRESSURE = 16 << 20;

std::string_view setting(const char *name, const char *otherwise) {
    const char *value = std::getenv(name);
    return value ? value : otherwise;
}

template <typename Data>
App::WebSocketBehavior<Data> behavior(bool deflate) {
    App::WebSocketBehavior<Data> behavior;
    if (deflate)
        behavior.compression = uWS::CompressOptions(uWS::SHARED_COMPRESSOR | uWS::SHARED_DECOMPRESSOR);
    behavior.maxPayloadLength = MAX_PAYLOAD;
    behavior.maxBackpressure = MAX_BACKPRESSURE;
    behavior.idleTimeout = 120;
    return behavior;
}

App::WebSocketBehavior<Nothing> echo(bool deflate) {
    auto echo = behavior<Nothing>(deflate);
    echo.message = [deflate](Socket<Nothing> *ws, std::string_view message, OpCode opcode) {
        ws->send(message, opcode, deflate);
    };
    return echo;
}

App::WebSocketBehavior<Nothing> topic(bool deflate) {
    auto topic = behavior<Nothing>(deflate);
    topic.open = [](Socket<Nothing> *ws) { ws->subscribe(ROOM); };
    topic.message = [deflate](Socket<Nothing> *ws, std::string_view message, OpCode opcode) {
        ws->publish(ROOM, message, opcode, deflate);
    };
    return topic;
}

App::WebSocketBehavior<Member> rooms(App &app) {
    auto rooms = behavior<Member>(false);
    rooms.message = [&app](Socket<Member> *ws, std::string_view message, OpCode opcode) {
        if (message.starts_with('+')) {
            ws->subscribe(message.substr(1));
            ws->getUserData()->has_joined = true;
        } else if (message.starts_with('-')) {
            ws->unsubscribe(message.substr(1));
        } else if (auto end = message.find(' '); end != message.npos) {
            auto room = message.substr(0, end);
            // A socket that never subscribed cannot publish by itself: WebSocket::publish sends nothing.
            if (ws->getUserData()->has_joined)
                ws->publish(room, message, opcode);
            else
                app.publish(room, message, opcode);
        }
    };
    return rooms;
}

/// With the content type that Bun and the router send, too.
void text(uWS::HttpResponse<false> *response, std::string_view body) {
    response->writeHeader("Content-Type", "text/plain; charset=utf-8")->end(body);
}

}  // namespace

int main() {
    const int port = std::atoi(setting("PORT", "0").data());
    const bool deflate = setting("DEFLATE", "0") == "1";
#ifdef UWS_NO_ZLIB
    if (deflate) {
        std::fputs("uws: DEFLATE=1 needs zlib, and this server was built without it\n", stderr);
        return 1;
    }
#endif

    App app;
    app.get("/", [](auto *response, auto *) { text(response, "Hello, World!"); });
    app.get("/users/:id", [](auto *response, auto *request) {
        text(response, std::string("user ").append(request->getParameter(0)));
    });
    app.ws<Nothing>("/echo", echo(deflate));
    app.ws<Nothing>("/topic", topic(deflate));
    app.ws<Member>("/rooms", rooms(app));
    app.listen("127.0.0.1", port, [port](us_listen_socket_t *socket) {
        if (!socket) {
            std::fprintf(stderr, "uws: cannot listen on 127.0.0.1:%d\n", port);
            std::exit(1);
        }
        std::printf("listening on http://127.0.0.1:%d\n", us_socket_local_port(0, (us_socket_t *) socket));
        std::fflush(stdout);
    });
    app.run();
}
