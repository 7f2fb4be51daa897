FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
WORKDIR /src

# Modules change less often than code, so they are a layer of their own.
COPY go.mod go.sum ./
RUN go mod download

COPY api/ api/
COPY lane/ lane/
COPY webhook/ webhook/
COPY rolloutwatch/ rolloutwatch/
COPY trafficprovider/ trafficprovider/
COPY cmd/ cmd/
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags="-s -w -X main.version=$VERSION" -o /lanekeeper ./cmd/lanekeeper

FROM gcr.io/distroless/static:nonroot
COPY --from=build /lanekeeper /lanekeeper
USER 65532:65532
ENTRYPOINT ["/lanekeeper"]
