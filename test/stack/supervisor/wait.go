package supervisor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// permanent is an error that no waiting will mend.
type permanent struct{ error }

// await calls check until it succeeds, the context ends or waiting is useless.
func await(ctx context.Context, check func(ctx context.Context) error) error {
	const interval = 50 * time.Millisecond
	var err error
	for {
		now := check(ctx)
		if now == nil {
			return nil
		}
		if err == nil || ctx.Err() == nil {
			err = now // one that is cut short would hide what was wrong before
		}
		if stop := new(permanent); errors.As(now, stop) {
			return stop.error
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(interval):
		}
	}
}

// httpReady asks a health endpoint of a component.
func httpReady(url string) func(context.Context) error {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		// Components sign the certificates of their health ports themselves.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // loopback of a namespace of our own
	}}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, res.Status)
		}
		return nil
	}
}
