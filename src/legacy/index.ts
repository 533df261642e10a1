// The statements of toytls and timmy.

export { damageOfToytls } from './damage.ts'
export {
  decodeTimmy,
  decodeToytls,
  encodeToytls,
  looksLikeTimmy,
  MAX_OLD_STATEMENT,
  type OldStatement,
  type ToytlsFiles,
} from './formats.ts'
export { opensslCommands } from './openssl.ts'
export {
  describeOldStatement,
  type OldStatementDescription,
  verifyOldStatement,
} from './verify.ts'
