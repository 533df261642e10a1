// npm run bench: what tls-stamp takes, as ratios to what it can't do without, with the bars beside them; asserts nothing.

import { benchChains } from './chains.ts'
import { benchGrowth } from './growth.ts'
import { benchHashing } from './hashing.ts'
import { benchLists } from './lists.ts'
import { benchPageHashing, benchPageSize } from './page.ts'
import { benchSigning } from './signing.ts'
import { benchStarting } from './starting.ts'
import { benchFloor, benchGuard, benchManySubjects, benchVerifying } from './verifying.ts'
import { benchWorstPaths } from './worst-paths.ts'

process.stdout.write(`Node.js ${process.version}, ${process.platform} ${process.arch}\n`)
process.stdout.write(
  'medians; compare within one run, not between machines; a bar is the most that a ratio should be\n',
)
await benchSigning()
await benchVerifying()
await benchFloor()
await benchGuard()
await benchChains()
await benchStarting()
await benchHashing()
await benchPageHashing()
benchPageSize()
await benchWorstPaths()
await benchGrowth()
await benchManySubjects()
await benchLists()
process.exit(0)
