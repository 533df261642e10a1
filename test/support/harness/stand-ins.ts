// Lets programs of a test meet servers on loopback where they would connect to real hosts.

/**
 * A module that Node.js loads before a program: connections to these hosts lead to ports of this machine, and the built-in
 * roots have one more, as they have the roots of the real hosts.
 */
export function standIns(ports: Readonly<Record<string, number>>, ca: string): string {
  return `import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
const ports = ${JSON.stringify(ports)}
const { connect } = net
net.connect = (options, ...rest) => {
  const port = ports[options.host + ':' + options.port]
  return connect(port ? { ...options, host: '127.0.0.1', port } : options, ...rest)
}
syncBuiltinESMExports()
const builtin = process.getBuiltinModule
process.getBuiltinModule = (name) => {
  const found = builtin(name)
  return name === 'node:tls' ? { rootCertificates: [...found.rootCertificates, ${JSON.stringify(ca)}] } : found
}
`
}
