package process

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// scrape sums the series of a metric that have all of these labels.
func scrape(port int, name string, labels ...string) (float64, error) {
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	return sum(resp.Body, name, labels...)
}

func sum(text io.Reader, name string, labels ...string) (float64, error) {
	total := 0.0
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
next:
	for lines.Scan() {
		series, value, ok := cutLast(lines.Text(), " ")
		metric, have, _ := strings.Cut(series, "{")
		if !ok || metric != name {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(have, l) {
				continue next
			}
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		total += v
	}
	return total, lines.Err()
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
