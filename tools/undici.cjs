// The part of undici that we use, in place of all of it. Its fetch, caches and mocks, which its index loads before anything is
// asked of it, and the copy of undici inside Node that they wake, take 14 MB of memory and 60 ms of every start.

const Dispatcher = require('undici/lib/dispatcher/dispatcher');

// As undici's index does: what it calls its API is methods of every dispatcher.
Object.assign(Dispatcher.prototype, require('undici/lib/api'));

module.exports = {
  Agent: require('undici/lib/dispatcher/agent'),
  ProxyAgent: require('undici/lib/dispatcher/proxy-agent'),
  Socks5ProxyAgent: require('undici/lib/dispatcher/socks5-proxy-agent'),
  // Loaded where it is used: it needs fetch, and few stores have events.
  get WebSocket() {
    return require('undici/lib/web/websocket/websocket').WebSocket;
  },
  get ping() {
    return require('undici/lib/web/websocket/websocket').ping;
  },
};
