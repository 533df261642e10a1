// Chains of rounds made over the network, and judged before they are handed out.

export {
  type Created,
  type CreateOptions,
  createStatement,
  type DroppedWitness,
  type OldVersion,
  renewStatement,
  type SigningOptions,
  type WitnessAddress,
} from './sign.ts'
