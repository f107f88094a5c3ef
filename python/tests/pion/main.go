// A TURN server of pion/turn on the loopback interface, as its own simple examples are: for UDP and
// TCP on the port that is named, with two users, until SIGTERM.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/pion/turn/v2"
)

const realm = "example.org"

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: %s PORT", os.Args[0]))
	}
	address := "127.0.0.1:" + os.Args[1]
	keys := map[string][]byte{}
	for name, password := range map[string]string{"alice": "wonderland", "bob": "builder"} {
		keys[name] = turn.GenerateAuthKey(name, realm, password)
	}
	packets, err := net.ListenPacket("udp4", address)
	if err != nil {
		fail(err)
	}
	streams, err := net.Listen("tcp4", address)
	if err != nil {
		fail(err)
	}
	relays := &turn.RelayAddressGeneratorStatic{
		RelayAddress: net.IPv4(127, 0, 0, 1),
		Address:      "127.0.0.1",
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: realm,
		AuthHandler: func(name string, _ string, _ net.Addr) ([]byte, bool) {
			key, ok := keys[name]
			return key, ok
		},
		PacketConnConfigs: []turn.PacketConnConfig{
			{PacketConn: packets, RelayAddressGenerator: relays}},
		ListenerConfigs: []turn.ListenerConfig{
			{Listener: streams, RelayAddressGenerator: relays}},
	})
	if err != nil {
		fail(err)
	}
	done := make(chan os.Signal, 1)
	signal.Notify(done, syscall.SIGTERM, syscall.SIGINT)
	<-done
	if err = server.Close(); err != nil {
		fail(err)
	}
}
