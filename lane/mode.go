package lane

// Mode is what becomes of a request whose lane has not got the Service.
type Mode string

const (
	// Permissive: it meets the baseline.
	Permissive Mode = "Permissive"
	// Strict: there is no baseline, and it is refused. Not built yet.
	Strict Mode = "Strict"
)

func modeOf(isPermissive bool) Mode {
	if isPermissive {
		return Permissive
	}
	return Strict
}
