//go:build tools

// Names the client so that its version and all it needs stay locked in go.sum.
package tools

import _ "github.com/fullstorydev/grpcurl/cmd/grpcurl"
