package lane

import (
	"fmt"
	"strconv"
	"strings"
)

// Messages are for people, and the API server refuses an object that is too large: for ever,
// since the next try is as large. So what is taken from objects of others is cut here, as
// anybody can make it as long as he likes.

// Cut is the text, with at most limit bytes.
func Cut(text string, limit int) string {
	const mark = " …"
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit-len(mark)], "") + mark
}

// maxName is the length of the longest name of an object, or host. In quotes one
// byte may become four, so less of a value goes there.
const maxName, maxQuoted = 253, 80

// Brief is a name that somebody else wrote, where nothing limits it.
func Brief(name string) string { return Cut(name, maxName) }

// Quote is a value that somebody else wrote, and that may be anything.
func Quote(value string) string { return strconv.Quote(Cut(value, maxQuoted)) }

// FirstOf lists at most n of the names for a message, and says how many more there are.
func FirstOf(names []string, n int) string {
	out := strings.Join(names[:min(len(names), n)], ", ")
	if more := len(names) - n; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// Count is a number of things for a message: "1 service", "2 services".
func Count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
