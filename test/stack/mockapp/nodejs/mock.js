// The mock application in Node.js: the chain that a request took, as text. It passes no header
// on: what reaches its upstream, an agent has brought there.
'use strict';

const http = require('http');

const patience = 15000;
const env = (name, otherwise) => process.env[name] || otherwise;
const self = `-> ${env('app', 'app')}(version: ${env('version', 'v1')}, ip: ${env('POD_IP', env('OTEL_POD_IP', ''))})`;
const upstream = env('upstream_url', '');
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 256 });

function answer(res, status, chain) {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  res.end(self + chain);
}

function call(res) {
  const req = http.get(upstream, { agent, timeout: patience }, (got) => {
    let body = '';
    got.setEncoding('utf8');
    got.on('data', (part) => { body += part; });
    got.on('end', () => answer(res, got.statusCode, got.statusCode < 400 ? body : ` HTTP(${got.statusCode}) ${body.trim()}`));
  });
  req.on('timeout', () => req.destroy(new Error('timeout')));
  req.on('error', (err) => { if (!res.headersSent) answer(res, 502, ` ERR(${err}) `); });
}

const server = http.createServer((_, res) => (upstream ? call(res) : answer(res, 200, '')));
// Envoy may use a connection long after it opened it, or used it last.
server.keepAliveTimeout = 0;
server.headersTimeout = 0;
server.requestTimeout = 0;
// The first process of a container is spared by signals that it does not handle.
process.on('SIGTERM', () => process.exit(0));
server.listen(Number(env('PORT', '8000')));
