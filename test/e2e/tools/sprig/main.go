// Renders template cases (JSON on standard input) through Go's text/template and sprig: the truth that src/template is held against.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type templateCase struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data"` // values in base64
	// Option missingkey: "default" where nothing is given.
	MissingKey string `json:"missingKey"`
}

type outcome struct {
	Output string `json:"output"` // base64
	Error  string `json:"error,omitempty"`
}

// functions are sprig's, and those that External Secrets adds.
func functions() template.FuncMap {
	table := template.FuncMap(sprig.GenericFuncMap())
	for name, function := range extras {
		table[name] = function
	}
	return table
}

func render(one templateCase) (out outcome) {
	defer func() {
		if problem := recover(); problem != nil {
			out = outcome{Error: fmt.Sprint(problem)}
		}
	}()
	data := map[string]string{}
	for key, value := range one.Data {
		decoded, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			panic(err)
		}
		data[key] = string(decoded)
	}
	missingKey := "default"
	if one.MissingKey != "" {
		missingKey = one.MissingKey
	}
	parsed, err := template.New("case").Option("missingkey=" + missingKey).Funcs(functions()).Parse(one.Template)
	if err != nil {
		return outcome{Error: err.Error()}
	}
	var buffer bytes.Buffer
	if err := parsed.Execute(&buffer, data); err != nil {
		return outcome{Error: err.Error()}
	}
	return outcome{Output: base64.StdEncoding.EncodeToString(buffer.Bytes())}
}

func main() {
	var cases []templateCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	outcomes := make([]outcome, 0, len(cases))
	for _, one := range cases {
		outcomes = append(outcomes, render(one))
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		panic(err)
	}
}
