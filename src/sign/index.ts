// Chains of rounds made over the network, and judged before they are handed out.

export {
  type Created,
  type CreateOptions,
  createStatement,
  createWithReport,
  type DroppedWitness,
  type OldVersion,
  renewStatement,
  renewWithReport,
  type SigningOptions,
  type WitnessAddress,
} from './sign.ts'
