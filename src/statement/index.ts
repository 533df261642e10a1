// The signed statement: its subjects, its commitment, its chain of rounds, and its encodings.

export { nextClientRandom } from './chain.ts'
export { isName, MAX_NAME } from './checksum-line.ts'
export { decodeChecksumList, MAX_CHECKSUM_LIST } from './checksum-list.ts'
export { commitmentOf, commitsTo, proveInclusion, type Subject } from './commitment.ts'
export { type Damage, damageOfList, damageOfStatement, damageSentence } from './damage.ts'
export { decodeStatement } from './decode.ts'
export { encodedPieces, encodeStatement, renewalCommitments } from './encode.ts'
export { cutOut } from './extract.ts'
export { decodeInToto, encodeInToto, MAX_IN_TOTO } from './in-toto.ts'
export type { HashInto, InclusionProof } from './merkle-tree.ts'
export { looksLikeInToto, openStatement } from './open.ts'
export {
  isTls13Round,
  MESSAGE_NAMES,
  type MessageName,
  messagesOf,
  type Round,
  readRoundHandshake,
} from './round.ts'
export {
  MAX_ALL_ROUNDS,
  MAX_RENEWALS,
  MAX_ROUNDS,
  MAX_STATEMENT,
  type Renewal,
  type SignedStatement,
  type Unsigned,
} from './statement.ts'
