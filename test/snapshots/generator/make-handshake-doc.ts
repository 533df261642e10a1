// Writes docs/handshake.md anew.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { HANDSHAKE_DOC, handshakeDoc } from './handshake-doc.ts'

mkdirSync(dirname(HANDSHAKE_DOC), { recursive: true })
writeFileSync(HANDSHAKE_DOC, await handshakeDoc())
