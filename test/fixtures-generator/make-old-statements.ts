// Makes the old statements of test/fixtures from handshakes with real servers, as the README.md there says.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OldStatement } from '../../src/legacy/formats.ts'
import { mintTestPki } from '../support/mint.ts'
import { encodeTimmy, makeOldStatement, type OldHandshake } from '../support/old-statement.ts'
import {
  type EndEntity,
  endEntities,
  type Server,
  startErlangServer,
  startOpensslServer,
} from '../support/servers.ts'

const [folder = '.'] = process.argv.slice(2)
// Before TLS 1.2, Erlang wants the chain signed by keys of the end entity's kind
const rsaPki = mintTestPki({ endEntityKeys: ['rsa-2048', 'rsa-1024'], caKey: 'rsa-2048' })
const [rsa2048, rsa1024] = endEntities(rsaPki) as [EndEntity, EndEntity]
const [p256] = endEntities(mintTestPki({ endEntityKeys: ['p256'] })) as [EndEntity]
const DOCUMENT = 'some text\n'
const digest = createHash('sha256').update(DOCUMENT).digest()

async function keep(
  start: Promise<Server>,
  handshake: OldHandshake,
  write: (old: OldStatement) => void,
): Promise<void> {
  await using server = await start
  write(await makeOldStatement(server.port, { message: digest, ...handshake }))
}

const toytls =
  (name: string) =>
  ({ signedBytes, signature, certificates }: OldStatement): void => {
    writeFileSync(join(folder, `${name}.bytes`), signedBytes)
    writeFileSync(join(folder, `${name}.signature`), signature)
    writeFileSync(join(folder, `${name}.certificate.der`), certificates[0])
  }

const timmy =
  (name: string) =>
  (old: OldStatement): void =>
    writeFileSync(join(folder, `${name}.timmy`), encodeTimmy(old))

const openssl = (endEntity: EndEntity, version: string, cipher: string): Promise<Server> =>
  startOpensslServer({ endEntity, args: [version, '-cipher', `${cipher}:@SECLEVEL=0`] })

mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'doc.txt'), DOCUMENT)
const erlang = (endEntity: EndEntity, version: 'tlsv1' | 'tlsv1.1' | 'tlsv1.2'): Promise<Server> =>
  startErlangServer({ endEntity, versions: [version] })
await keep(erlang(rsa2048, 'tlsv1.1'), {}, toytls('erlang-tls11-rsa2048'))
await keep(erlang(rsa2048, 'tlsv1.2'), { version: '1.2' }, toytls('erlang-tls12-rsa2048'))
await keep(erlang(rsa2048, 'tlsv1'), { version: '1.0' }, timmy('erlang-tls10-rsa2048'))
await keep(erlang(p256, 'tlsv1'), { version: '1.0' }, toytls('erlang-tls10-p256'))
const text = { message: 'hello from 2012\n' }
await keep(openssl(rsa1024, '-tls1_1', 'DHE'), text, toytls('openssl-tls11-rsa1024-dhe'))
await keep(openssl(rsa2048, '-tls1', 'ECDHE'), { version: '1.0' }, timmy('openssl-tls10-rsa2048'))
process.exit()
