// Builds dist/man/tls-stamp.1, the man page of the package.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manPage } from './man-page.ts'

const folder = join(import.meta.dirname, '../../../man')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'tls-stamp.1'), await manPage())
