// TLS servers of the languages that bring their own implementation: Erlang, Go, Java. A few lines of each are compiled here.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Server, startPrinting } from '../harness/child.ts'
import type { EndEntity } from '../make/end-entity.ts'
import { program } from './programs.ts'

/**
 * Erlang's ssl application. With `versions: ['tlsv1.2']` server_random has the clock of the moment the connection
 * opened, not of the ClientHello; by default (TLS 1.3 enabled) it is random.
 */
export function startErlangServer(options: {
  readonly endEntity: EndEntity
  readonly versions?: readonly ('tlsv1' | 'tlsv1.1' | 'tlsv1.2' | 'tlsv1.3')[]
  /** Seconds that its clock is ahead (negative: behind). Needs faketime. */
  readonly clockOffset?: number
}): Promise<Server> {
  const { endEntity, versions, clockOffset } = options
  const choice = versions
    ? `{versions,[${versions.map((version) => `list_to_atom("${version}")`).join()}]},`
    : ''
  return startPrinting(
    {
      program: program('erlang'),
      args: ['-noshell', '-noinput', '-eval', ERLANG.replace('VERSIONS', choice)],
      files: files(endEntity),
      clockOffset,
    },
    /^port (\d+)$/m,
  )
}

/** Go's crypto/tls: server_random is random, the session id empty. Compiled once per process. */
export async function startGoServer(options: { readonly endEntity: EndEntity }): Promise<Server> {
  compiledGo ??= compileGo()
  return startPrinting(
    { program: await compiledGo, args: [], files: files(options.endEntity) },
    /^port (\d+)$/m,
  )
}

/** Java's JSSE: server_random is random, and each message comes in a record and a TCP segment of its own. */
export function startJavaServer(options: { readonly endEntity: EndEntity }): Promise<Server> {
  const { endEntity } = options
  const { asymmetricKeyType: type } = endEntity.privateKey
  const algorithm = type === 'rsa' ? 'RSA' : type === 'ec' ? 'EC' : 'EdDSA'
  return startPrinting(
    {
      program: program('java'),
      args: ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', 'Peer.java', algorithm],
      files: { ...files(endEntity), 'Peer.java': JAVA },
    },
    /^port (\d+)$/m,
  )
}

function files(endEntity: EndEntity): Record<string, string | Uint8Array> {
  return {
    'key.pem': endEntity.keyPem,
    'key.der': endEntity.privateKey.export({ type: 'pkcs8', format: 'der' }),
    'chain.pem': endEntity.chainPem,
  }
}

let compiledGo: Promise<string> | undefined

async function compileGo(): Promise<string> {
  const go = program('go')
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-go-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'peer.go'), GO)
  const { PATH } = process.env
  const env = {
    PATH,
    HOME: folder,
    GOPATH: join(folder, 'path'),
    GOCACHE: join(folder, 'cache'),
    GO111MODULE: 'off',
    GOPROXY: 'off',
    GOTOOLCHAIN: 'local',
  }
  await promisify(execFile)(go, ['build', '-o', 'peer', 'peer.go'], { cwd: folder, env })
  rmSync(join(folder, 'cache'), { recursive: true, force: true })
  return join(folder, 'peer')
}

const ERLANG = `ssl:start(),
{ok,L}=ssl:listen(0,[{certfile,"chain.pem"},{keyfile,"key.pem"},{cacertfile,"chain.pem"},
  VERSIONS{ip,{127,0,0,1}},{log_level,none}]),
{ok,{_,P}}=ssl:sockname(L),
io:format("port ~p~n",[P]),
F=fun(F)->{ok,C}=ssl:transport_accept(L),spawn(fun()->ssl:handshake(C,9000) end),F(F) end,
F(F).`

const GO = `package main

import (
	"crypto/tls"
	"fmt"
	"net"
)

func main() {
	pair, err := tls.LoadX509KeyPair("chain.pem", "key.pem")
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("port %d\\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{pair}}).Handshake()
			connection.Close()
		}()
	}
}
`

const JAVA = `import java.io.*;
import java.net.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.*;
import javax.net.ssl.*;

class Peer {
  public static void main(String[] args) throws Exception {
    var encoded = new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of("key.der")));
    var key = KeyFactory.getInstance(args[0]).generatePrivate(encoded);
    var pem = new FileInputStream("chain.pem");
    var chain = CertificateFactory.getInstance("X.509").generateCertificates(pem);
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("peer", key, new char[0], chain.toArray(new java.security.cert.Certificate[0]));
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    var listener = context.getServerSocketFactory()
        .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    System.out.println("port " + listener.getLocalPort());
    for (;;) {
      var socket = (SSLSocket) listener.accept();
      new Thread(() -> {
        try (socket) {
          socket.startHandshake();
        } catch (IOException end) {
        }
      }).start();
    }
  }
}
`
