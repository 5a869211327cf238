// A real HTTP server in front of the devnet, one a test. The browser takes it for the page's origin, and for its proxy
// as well, so that every request of a test comes through here: what goes to another origin is refused and remembered,
// and each upstream can be made to lie or fail.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What the page's origin is made of, by the first part of the path. */
export type Upstream = 'page' | 'graphql' | 'rpc' | 'ipfs' | 'basemap'
const UPSTREAMS = new Set(['graphql', 'rpc', 'ipfs', 'basemap'])

export interface Asked {
  upstream: Upstream
  method: string
  path: string
  body: Buffer
}

export interface Reply {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
}

/** Answers in place of an upstream; `pass` asks the real one. Nothing: the connection is cut. */
export type Fault = (asked: Asked, pass: () => Promise<Reply>) => Promise<Reply | undefined>
export type Faults = Partial<Record<Upstream, Fault>>

/** A request that went through. `bytes` are those of the answer's body, as transferred. */
export interface Seen {
  upstream: Upstream
  method: string
  path: string
  status: number
  bytes: number
  /** The body of the question. */
  asked: string
}

export class Origin {
  /** May be changed while a test runs. */
  faults: Faults
  /** All that was answered, in order. */
  readonly seen: Seen[] = []
  /** Requests to other origins; all were refused. */
  readonly foreign: string[] = []
  private readonly server: http.Server
  private readonly sockets = new Set<Duplex>()
  /** Names by which the browser may call this server, and other servers that a test allows, as host:port. */
  private readonly own = new Set<string>()
  private readonly allowed = new Set<string>()

  private constructor(private readonly upstreamUrl: URL, faults: Faults) {
    this.faults = faults
    this.server = http.createServer((request, response) => void this.serve(request, response))
    this.server.on('connection', (socket) => this.keep(socket))
    this.server.on('connect', (request, socket) => this.tunnel(request, socket))
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
  }

  /** Starts on a free port before the origin at `upstreamUrl`. */
  static async start(upstreamUrl: string, faults: Faults = {}): Promise<Origin> {
    const origin = new Origin(new URL(upstreamUrl), faults)
    await new Promise<void>((resolve) => origin.server.listen(0, '127.0.0.1', resolve))
    origin.own.add(`127.0.0.1:${origin.port}`)
    return origin
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  /** With a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  /** The same origin by another name, on port 80, as the browser sees it; with a slash at its end. */
  named(host: string): string {
    this.own.add(`${host}:80`)
    return `http://${host}/`
  }

  /** Lets the browser reach another server on this machine. */
  allow(url: string) {
    this.allowed.add(new URL(url).host)
  }

  async close() {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private keep<S extends Duplex>(socket: S): S {
    this.sockets.add(socket)
    return socket.on('close', () => this.sockets.delete(socket)).on('error', () => socket.destroy())
  }

  private async serve(request: IncomingMessage, response: ServerResponse) {
    const { isProxied, host, path } = target(request)
    if (isProxied && !this.own.has(host)) {
      if (this.allowed.has(host)) return forward(new URL(request.url!), request, response, await bodyOf(request))
      this.foreign.push(request.url!)
      return response.writeHead(403).end('no other origin')
    }
    const upstream = upstreamOf(path)
    const fault = this.faults[upstream]
    const body = await bodyOf(request).catch(() => Buffer.alloc(0))
    response.on('close', () => {
      const bytes = request.method === 'HEAD' ? 0 : Number(response.getHeader('content-length') ?? 0)
      this.seen.push({ upstream, method: request.method!, path, status: response.statusCode, bytes, asked: String(body) })
    })
    if (!fault) return forward(new URL(path, this.upstreamUrl), request, response, body)
    const asked: Asked = { upstream, method: request.method!, path, body }
    const reply = await fault(asked, () => ask(new URL(path, this.upstreamUrl), request, body)).catch(() => undefined)
    if (!reply) return request.socket.destroy()
    send(response, reply)
  }

  /** A proxy's CONNECT: what Chromium uses for WebSockets and https. */
  private tunnel(request: IncomingMessage, socket: Duplex) {
    const host = request.url ?? ''
    this.keep(socket)
    if (!this.own.has(host) && !this.allowed.has(host)) {
      this.foreign.push(`CONNECT ${host}`)
      return socket.end('HTTP/1.1 403 no other origin\r\n\r\n')
    }
    const port = this.own.has(host) ? this.port : Number(host.split(':')[1])
    join(socket, this.keep(net.connect(port, '127.0.0.1')), 'HTTP/1.1 200 OK\r\n\r\n')
  }

  /** A WebSocket. One whose upstream is faulty is cut, as its messages could not be changed. */
  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const { path } = target(request)
    this.keep(socket)
    if (this.faults[upstreamOf(path)]) return socket.destroy()
    const upstream = this.keep(net.connect(Number(this.upstreamUrl.port), this.upstreamUrl.hostname))
    const headers = { ...request.headers, host: this.upstreamUrl.host }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`)
    upstream.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    upstream.write(head)
    join(socket, upstream)
  }
}

/** Where a request goes: a proxy is told the whole address. */
function target(request: IncomingMessage): { isProxied: boolean; host: string; path: string } {
  const text = request.url ?? '/'
  if (text.startsWith('/')) return { isProxied: false, host: '', path: text }
  const url = new URL(text)
  return { isProxied: true, host: `${url.hostname}:${url.port || 80}`, path: url.pathname + url.search }
}

function upstreamOf(path: string): Upstream {
  const first = path.slice(1).split(/[/?]/)[0]!
  return UPSTREAMS.has(first) ? (first as Upstream) : 'page'
}

function join(left: Duplex, right: Socket, greeting?: string) {
  right.once('connect', () => {
    if (greeting) left.write(greeting)
    left.pipe(right).pipe(left)
  })
  left.on('close', () => right.destroy())
  right.on('close', () => left.destroy())
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Passes a request on as it is, compressed where the browser asks for it. */
function forward(url: URL, request: IncomingMessage, response: ServerResponse, body: Buffer) {
  const onward = http.request(url, { method: request.method, headers: { ...request.headers, host: url.host } }, (answer) => {
    void bodyOf(answer).then(
      (body) => send(response, { status: answer.statusCode!, headers: answer.headers, body }),
      () => response.destroy(),
    )
  })
  onward.on('error', () => response.destroy()).end(body)
}

/** Asks the real upstream, for an answer that can be read. */
async function ask(url: URL, request: IncomingMessage, body: Buffer): Promise<Reply> {
  const headers = { ...request.headers, host: url.host, 'accept-encoding': 'identity' }
  return new Promise((resolve, reject) => {
    const onward = http.request(url, { method: request.method, headers }, (answer) => {
      bodyOf(answer).then((body) => resolve({ status: answer.statusCode!, headers: answer.headers, body }), reject)
    })
    onward.on('error', reject).end(body)
  })
}

function send(response: ServerResponse, { status, headers, body }: Reply) {
  const kept = Object.entries(headers).filter(([name]) => !['content-length', 'transfer-encoding', 'connection', 'keep-alive'].includes(name))
  for (const [name, value] of kept) response.setHeader(name, value!)
  // The answer to HEAD says how long the one to GET would be, and has no body.
  const told = response.req.method === 'HEAD' ? headers['content-length'] : body.length
  if (told !== undefined) response.setHeader('content-length', told)
  response.writeHead(status).end(body)
}
