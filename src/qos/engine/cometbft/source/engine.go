//go:build tools

// Names the engine so that its version and all it needs stay locked in go.sum.
package tools

import _ "github.com/cometbft/cometbft/cmd/cometbft"
