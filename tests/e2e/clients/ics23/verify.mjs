// Reads a JSON list of cases from standard input and prints the verdict of each, in order.
// case: { spec: "iavl" | "tendermint", proof, root, key, value } in hex; a case without value is one of absence.
import ics23 from "@confio/ics23";

const specs = { iavl: ics23.iavlSpec, tendermint: ics23.tendermintSpec };
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

function verdict({ spec, proof, root, key, value }) {
  const decoded = ics23.ics23.CommitmentProof.decode(bytes(proof));
  return value === null
    ? ics23.verifyNonMembership(decoded, specs[spec], bytes(root), bytes(key))
    : ics23.verifyMembership(decoded, specs[spec], bytes(root), bytes(key), bytes(value));
}

let input = "";
for await (const chunk of process.stdin) input += chunk;
console.log(JSON.stringify(JSON.parse(input).map(verdict)));
