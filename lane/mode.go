package lane

// Mode is what becomes of a request whose lane has not got the Service.
type Mode string

const (
	// Permissive sends it to the baseline.
	Permissive Mode = "Permissive"
	// Strict refuses it: there is no baseline. It is not built yet.
	Strict Mode = "Strict"
)

func modeOf(isPermissive bool) Mode {
	if isPermissive {
		return Permissive
	}
	return Strict
}
